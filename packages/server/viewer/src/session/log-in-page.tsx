import { useState, type FormEvent, type ReactNode } from 'react'
import { logIn } from '../api/endpoints.js'
import { RequestError } from '../api/request.js'
import { asRequestError } from '../api/use-request.js'
import mark from '../ui/mark.svg'

/** Asks for a read token and exchanges it for a session cookie. The token is kept nowhere in the page. */
export function LogInPage({ onLoggedIn }: { readonly onLoggedIn: () => void }): ReactNode {
  const [token, setToken] = useState('')
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)

  const submit = async (): Promise<void> => {
    setBusy(true)
    try {
      await logIn(token.trim())
      onLoggedIn()
    } catch (error) {
      setProblem(explain(asRequestError(error)))
      setBusy(false)
    }
  }
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault()
    void submit()
  }

  return (
    <main className="centered">
      <form className="log-in" onSubmit={onSubmit}>
        <img src={mark} alt="" width={40} height={40} />
        <h1>Span Artifacts</h1>
        <p>What traces carry can be private. Enter a read token to see it.</p>
        <label htmlFor="token">Read token</label>
        <input
          id="token"
          type="password"
          autoComplete="current-password"
          spellCheck={false}
          placeholder="sa_v1_r_…"
          value={token}
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : 'token-problem'}
          onChange={(event) => {
            setToken(event.target.value)
            setProblem(undefined)
          }}
        />
        {problem !== undefined && (
          <p id="token-problem" className="problem" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" className="button primary" disabled={busy || token.trim() === ''}>
          {busy ? 'Logging in…' : 'Log in'}
        </button>
        <p className="hint">
          Whoever runs the server makes one with <code>span-artifacts token create --project NAME --scope read</code>
        </p>
      </form>
    </main>
  )
}

function explain(error: RequestError): string {
  if (error.status === 401) return 'This token is not known here, or it was revoked.'
  if (error.status === 403) return 'This token may write, not read. Use one with the scope “read”.'
  return error.message
}
