import { NextResponse } from 'next/server'

/** Does nothing but be there, which is enough for Next.js to copy bodies. */
export function proxy(): NextResponse {
  return NextResponse.next()
}

export const config = { matcher: '/api/behind-proxy' }
