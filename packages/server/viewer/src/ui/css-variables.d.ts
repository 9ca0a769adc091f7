import 'react'

declare module 'react' {
  interface CSSProperties {
    /** Custom properties of the style sheets; React hands them to the CSSOM as they are. */
    [variable: `--${string}`]: string | number | undefined
  }
}
