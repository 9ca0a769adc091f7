import { lstat } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { SpoolPlatform } from '../platform.js'
import { openSpoolDirectory } from './open-spool-directory.js'

/** The spool on Node's file system. */
export const nodeSpool: SpoolPlatform = {
  defaultPath: (key) => join(tmpdir(), `span-artifacts-${process.getuid?.() ?? userInfo().username}`, key),
  exists: (path) =>
    lstat(path).then(
      () => true,
      () => false,
    ),
  open: openSpoolDirectory,
}
