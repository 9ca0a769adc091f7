import { useId, type ReactNode } from 'react'
import { Icon } from '../ui/icons.js'

const keys: ReadonlyArray<readonly [readonly string[], string]> = [
  [['↑', '↓'], 'previous and next span'],
  [['←', '→'], 'fold and unfold, to the parent and into the children'],
  [['Home', 'End'], 'first and last span'],
  [['[', ']'], 'previous and next span with artifacts'],
  [['e'], 'next failed span'],
  [['z'], 'zoom to the span; a double click does the same'],
  [['+', '−', '0'], 'zoom in, zoom out, whole trace'],
  [['Esc'], 'close the details'],
]

/** Tells what the keyboard can do in the waterfall. */
export function KeysButton(): ReactNode {
  const id = useId()
  return (
    <>
      <button
        type="button"
        className="icon-button keys-button"
        popoverTarget={id}
        title="Keyboard"
        aria-label="What the keyboard can do"
      >
        <Icon name="keyboard" />
      </button>
      <div id={id} popover="auto" className="keys">
        <h2>In the waterfall</h2>
        <dl>
          {keys.map(([names, meaning]) => (
            <div key={meaning}>
              <dt>
                {names.map((name) => (
                  <kbd key={name}>{name}</kbd>
                ))}
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </div>
    </>
  )
}
