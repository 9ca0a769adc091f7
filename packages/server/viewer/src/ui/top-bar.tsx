import type { ReactNode } from 'react'
import { Link } from '../routing/navigation.js'
import { useSession } from '../session/session.js'
import { Icon } from './icons.js'
import mark from './mark.svg'
import { ThemeButton } from './theme.js'

export interface TopBarProps {
  /** Where one is: shown after the name, as the end of the path. */
  readonly children?: ReactNode
  readonly actions?: ReactNode
}

/** The bar at the top of every page: home, where one is, and what concerns the whole page. */
export function TopBar({ children, actions }: TopBarProps): ReactNode {
  const session = useSession()
  return (
    <header className="top-bar">
      <Link to="/" className="brand" title="All traces">
        <img src={mark} alt="" width={20} height={20} />
        <span>Span Artifacts</span>
      </Link>
      <nav className="crumbs" aria-label="Where you are">
        {children}
      </nav>
      <div className="top-actions">
        {actions}
        <ThemeButton />
        {session.canLogOut && (
          <button type="button" className="button quiet" onClick={session.logOut}>
            <Icon name="key" />
            Log out
          </button>
        )}
      </div>
    </header>
  )
}
