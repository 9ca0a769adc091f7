/** Of one request. Each file is a reference in one span attribute, which backends cut off at some length. */
export const MAX_FILES = 100
/** Of the name of a field in a reference, in characters. */
const MAX_FIELD_NAME_LENGTH = 200

/** The name of a field for a reference. The client names the fields: any text, of any length. */
export function printableFieldName(name: string): string {
  // eslint-disable-next-line no-control-regex
  return name.slice(0, MAX_FIELD_NAME_LENGTH).replaceAll(/[\u0000-\u001f\u007f]/g, '\ufffd')
}
