/** The kernel's own peak of this process's memory. */
export const GET = (): Response => Response.json({ peakRssBytes: process.resourceUsage().maxRSS * 1024 })

export const dynamic = 'force-dynamic'
