import { describeSite } from './site-contract.js'

describeSite('Next.js 15 with plain OpenTelemetry', { next: 'next-15' })
