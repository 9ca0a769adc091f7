import { Option } from 'commander'
import { serverDefaults } from '../server-options.js'
import { parseText } from './option-parsers.js'

/** `--data`, the same for every command. */
export function dataOption(): Option {
  return new Option('--data <directory>', 'directory of blobs and database; created where there is none')
    .env('SPAN_ARTIFACTS_SERVER_DATA')
    .default(serverDefaults.dataDirectory)
    .argParser(parseText)
}
