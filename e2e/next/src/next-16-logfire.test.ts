import { describeSite } from './site-contract.js'

describeSite('Next.js 16 with the Node SDK of Logfire', { next: 'next-16', tracing: 'logfire' })
