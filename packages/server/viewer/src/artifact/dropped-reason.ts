const explanations: Readonly<Record<string, string>> = {
  already_shutdown: 'the sender had already shut down',
  file_not_found: 'the sender did not find the file',
  file_unreadable: 'the sender could not read the file',
  media_type: 'the sender was set to leave out this media type',
  not_a_file: 'the sender was given a path that is no file',
  not_serializable: 'the sender could not turn it into JSON',
  queue_full: 'the sender’s upload queue was full',
  redaction: 'it may hold secrets that could not be removed',
  redaction_failed: 'it may hold secrets that could not be removed',
  source_changed: 'the bytes changed between recording and upload',
  timeout: 'the upload took too long',
  too_large: 'larger than the limit that the sender was set to',
  unreadable: 'the sender could not read it',
}

/** Why the sender let the bytes go, in words; a reason that is not known here is shown as it was sent. */
export function explainDropped(reason: string): string {
  return Object.hasOwn(explanations, reason) ? (explanations[reason] ?? reason) : reason.replaceAll('_', ' ')
}
