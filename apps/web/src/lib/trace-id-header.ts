/** The response header with which a customer can name a request to the support, and the support can find its trace. */
export const TRACE_ID_HEADER = 'x-trace-id'
