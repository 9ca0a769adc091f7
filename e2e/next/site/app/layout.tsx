import type { ReactNode } from 'react'

export default function Layout({ children }: { children: ReactNode }): ReactNode {
  return (
    <html lang="en">
      <head>
        <title>Site under test</title>
        <link rel="icon" href="data:," />
      </head>
      <body>{children}</body>
    </html>
  )
}
