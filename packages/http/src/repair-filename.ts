/**
 * Browsers send filenames as UTF-8 (RFC 7578 §5.1.3), but multer, busboy and express-fileupload decode them as latin1 by
 * default. A name that is valid UTF-8 when its characters are taken as bytes is one of those.
 */
export function repairFilename(filename: string): string {
  if (!/[\u0080-\u00FF]/.test(filename) || /[\u0100-\uFFFF]/.test(filename)) return filename
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(filename, 'latin1'))
  } catch {
    return filename
  }
}
