import type { SpanTree } from './span-tree.js'
import { serviceHueCount } from './services.js'
import { percentAt, wholeWindow } from './time-window.js'

const padding = 3
const thinnestLine = 1
const thickestLine = 4
const markWidth = 3
const markHeight = 5

/** Draws every span as a line, and below them a mark wherever a span with artifacts starts. The colours come from the style sheet, by class. */
export function drawMinimap(canvas: HTMLCanvasElement, tree: SpanTree, hueOf: (index: number) => number): void {
  const context = canvas.getContext('2d')
  const { clientWidth: width, clientHeight: height } = canvas
  if (context === null || width === 0 || height === 0) return
  const scale = window.devicePixelRatio || 1
  canvas.width = Math.round(width * scale)
  canvas.height = Math.round(height * scale)
  context.scale(scale, scale)

  const whole = wholeWindow(tree.durationNano)
  const hues = Array.from({ length: serviceHueCount }, (_, hue) => classColour(canvas, `hue-${hue}`))
  const errorColour = classColour(canvas, 'minimap-error')
  const artifactColour = classColour(canvas, 'minimap-artifact')
  const room = height - 2 * padding - markHeight
  const pitch = room / Math.max(1, tree.nodes.length)
  const line = Math.min(thickestLine, Math.max(thinnestLine, pitch * 0.7))
  const at = (nano: number): number => (percentAt(nano, whole) / 100) * width

  const marks = new Set<number>()
  for (const [index, node] of tree.nodes.entries()) {
    const x = at(node.startNano)
    const y = padding + index * Math.min(pitch, thickestLine + 2)
    const failed = node.span?.status.code === 'ERROR'
    context.fillStyle = failed ? errorColour : (hues[hueOf(index)] ?? errorColour)
    context.globalAlpha = node.span === undefined ? 0.3 : 0.9
    context.fillRect(x, y, Math.max(1, at(node.endNano) - x), line)
    if ((node.span?.artifacts.length ?? 0) > 0) marks.add(Math.round(x))
  }
  context.globalAlpha = 1
  context.fillStyle = artifactColour
  for (const x of marks) {
    const left = Math.min(width - markWidth, Math.max(0, x - markWidth / 2))
    context.fillRect(left, height - markHeight, markWidth, markHeight)
  }
}

/** A canvas knows no custom properties, so the colour is read from the element while it wears the class. */
function classColour(element: HTMLElement, name: string): string {
  element.className = name
  const { color } = getComputedStyle(element)
  element.className = ''
  return color
}
