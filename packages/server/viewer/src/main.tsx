import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.js'
import './styles/base.css'
import './styles/controls.css'
import './styles/traces.css'
import './styles/trace.css'
import './styles/waterfall.css'
import './styles/details.css'
import './styles/artifact.css'
import './styles/json.css'
import './styles/conversation.css'
import { applyStoredTheme } from './ui/theme.js'

applyStoredTheme()
const container = document.getElementById('root')
if (container === null) throw new Error('index.html has no element with the id "root"')
createRoot(container).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
