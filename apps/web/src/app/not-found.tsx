import type { ReactNode } from 'react'

export default function NotFound(): ReactNode {
  return (
    <div className="intro">
      <h1>There is nothing here</h1>
      <p>
        <a href="/">To the help desk</a>
      </p>
    </div>
  )
}
