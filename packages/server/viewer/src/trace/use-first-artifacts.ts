import { useEffect, useRef } from 'react'
import { navigate } from '../routing/navigation.js'
import { tracePath } from '../routing/route.js'
import type { TraceArtifact } from './trace-artifacts.js'

/** Below this width the details cover the page: there they open only when asked for. Same bound as in `trace.css`. */
const roomForDetails = '(min-width: 901px)'

/**
 * Opens the first span that has artifacts, once per visit, when the address names no span: who opens a trace sees what
 * went through it without a click. Whoever has selected or closed a span is left alone.
 */
export function useFirstArtifacts(
  traceId: string,
  spanId: string | undefined,
  artifacts: readonly TraceArtifact[],
): void {
  const visited = useRef<string>(undefined)
  useEffect(() => {
    if (visited.current === traceId) return
    const [first] = artifacts
    if (spanId !== undefined) {
      visited.current = traceId
    } else if (first !== undefined && window.matchMedia(roomForDetails).matches) {
      visited.current = traceId
      navigate(tracePath(traceId, first.nodes[0].spanId), { replace: true })
    }
  }, [traceId, spanId, artifacts])
}
