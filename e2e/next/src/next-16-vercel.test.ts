import { describeSite } from './site-contract.js'

describeSite('Next.js 16 with @vercel/otel', { next: 'next-16', tracing: 'vercel' })
