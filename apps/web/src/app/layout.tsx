import type { Metadata, Viewport } from 'next'
import type { ReactNode } from 'react'
import './globals.css'

export const metadata: Metadata = {
  title: 'Lumen Works help desk',
  description: 'Tell us what broke, show us, or say it.',
}

export const viewport: Viewport = { colorScheme: 'light dark' }

export default function Layout({ children }: { children: ReactNode }): ReactNode {
  return (
    <html lang="en">
      <body>
        <header className="banner">
          <div className="banner-inner">
            <svg className="lamp" viewBox="0 0 32 32" aria-hidden="true">
              <path d="M13 4h6l7 11H6z" />
              <path className="light" d="M9.5 17h13l3 7h-19z" />
              <path d="M15 24h2v4h-2zM10 28h12v1.6H10z" />
            </svg>
            <span className="brand">Lumen Works</span>
            <span className="desk">Help desk</span>
          </div>
        </header>
        <main>{children}</main>
      </body>
    </html>
  )
}
