import { useMemo, useSyncExternalStore, type ComponentProps, type MouseEvent, type ReactNode } from 'react'
import { parseRoute, type Route } from './route.js'

const listeners = new Set<() => void>()

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  window.addEventListener('popstate', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('popstate', listener)
  }
}

const currentAddress = (): string => window.location.pathname + window.location.search

/** The page that the address bar names. */
export function useRoute(): Route {
  const address = useSyncExternalStore(subscribe, currentAddress)
  return useMemo(() => {
    const [path = '/', search = ''] = address.split('?', 2)
    return parseRoute(path, search)
  }, [address])
}

/** Goes to another page of the viewer without loading it anew. `replace` leaves no entry in the history. */
export function navigate(path: string, options: { readonly replace?: boolean } = {}): void {
  if (path === currentAddress()) return
  if (options.replace === true) window.history.replaceState(null, '', path)
  else window.history.pushState(null, '', path)
  for (const listener of listeners) listener()
}

export interface LinkProps extends Omit<ComponentProps<'a'>, 'href'> {
  /** An address inside the viewer. */
  readonly to: string
  readonly children: ReactNode
}

/** A link inside the viewer. Modifier keys and the middle button behave as on every other link. */
export function Link({ to, children, onClick, ...rest }: LinkProps): ReactNode {
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event)
    const plainClick = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
    if (event.defaultPrevented || !plainClick) return
    event.preventDefault()
    navigate(to)
    window.scrollTo(0, 0)
  }
  return (
    <a {...rest} href={to} onClick={follow}>
      {children}
    </a>
  )
}
