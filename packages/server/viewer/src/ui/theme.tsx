import { useState, type ReactNode } from 'react'
import { Icon } from './icons.js'

type Theme = 'light' | 'dark'
const storageKey = 'span-artifacts.theme'

function storedTheme(): Theme | undefined {
  try {
    const value = localStorage.getItem(storageKey)
    return value === 'light' || value === 'dark' ? value : undefined
  } catch {
    // Storage can be forbidden; the system's choice then stands.
    return undefined
  }
}

function systemTheme(): Theme {
  return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
}

/** Applies what the reader chose earlier. Without a choice the page follows the system, also when that changes. */
export function applyStoredTheme(): void {
  const theme = storedTheme()
  if (theme !== undefined) document.documentElement.dataset['theme'] = theme
}

/** Switches between light and dark. Back to the system's own, it follows the system again. */
export function ThemeButton(): ReactNode {
  const [theme, setTheme] = useState<Theme | undefined>(storedTheme)
  const shown = theme ?? systemTheme()
  const next: Theme = shown === 'dark' ? 'light' : 'dark'
  const toggle = (): void => {
    const choice = next === systemTheme() ? undefined : next
    try {
      if (choice === undefined) localStorage.removeItem(storageKey)
      else localStorage.setItem(storageKey, choice)
    } catch {
      // Then it lasts as long as the page does.
    }
    if (choice === undefined) delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = choice
    setTheme(choice)
  }
  const label = `Switch to ${next}`
  return (
    <button type="button" className="icon-button" onClick={toggle} title={label} aria-label={label}>
      <Icon name={shown === 'dark' ? 'sun' : 'moon'} />
    </button>
  )
}
