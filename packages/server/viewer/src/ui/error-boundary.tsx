import { Component, type ReactNode } from 'react'

export interface ErrorBoundaryProps {
  readonly renderError: (error: Error, reset: () => void) => ReactNode
  readonly children: ReactNode
}

interface ErrorBoundaryState {
  readonly error: Error | undefined
}

/** Keeps a failure while drawing one thing from taking the page with it. A class, because React has no other way. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { error: undefined }

  static getDerivedStateFromError(error: unknown): ErrorBoundaryState {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === undefined) return this.props.children
    return this.props.renderError(error, () => this.setState({ error: undefined }))
  }
}
