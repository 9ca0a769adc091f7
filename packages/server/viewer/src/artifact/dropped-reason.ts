const explanations: Readonly<Record<string, string>> = {
  too_large: 'larger than the limit that the sender was set to',
  queue_full: 'the sender’s upload queue was full',
  source_changed: 'the bytes changed between recording and upload',
  source_error: 'the sender could not read it',
  unreadable: 'the sender could not read it',
  timeout: 'the upload took too long',
  already_shutdown: 'the sender had already shut down',
  not_redactable: 'it may hold secrets that could not be removed',
  redaction_failed: 'it may hold secrets that could not be removed',
  aborted: 'the exchange was cut off',
}

/** Why the sender let the bytes go, in words; a reason that is not known here is shown as it was sent. */
export function explainDropped(reason: string): string {
  return Object.hasOwn(explanations, reason) ? (explanations[reason] ?? reason) : reason.replaceAll('_', ' ')
}
