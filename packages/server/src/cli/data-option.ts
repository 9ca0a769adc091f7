import { Option } from 'commander'
import { serverDefaults } from '../server-options.js'
import { parseText } from './option-parsers.js'

const variable = 'SPAN_ARTIFACTS_SERVER_DATA'

/** `--data`, the same for every command. */
export function dataOption(): Option {
  const option = new Option('--data <directory>', 'directory of blobs and database; created where there is none')
    .default(serverDefaults.dataDirectory)
    .argParser(parseText)
  return process.env[variable] === '' ? option : option.env(variable)
}
