import { describeSite } from './site-contract.js'

describeSite('Next.js 16 with plain OpenTelemetry', { next: 'next-16' })
