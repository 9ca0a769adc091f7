import { spawnSync } from 'node:child_process'

/** What the disk under a directory does: full after 1 MiB, or written to by nobody. */
export type DiskTrouble = 'full-after-1-mib' | 'read-only'

const MOUNT: Readonly<Record<DiskTrouble, string>> = {
  'full-after-1-mib': 'mount -t tmpfs -o size=1m,mode=700 tmpfs "$0"',
  'read-only': 'mount -t tmpfs -o size=64m,mode=700 tmpfs "$0" && mount -o remount,ro "$0"',
}

/**
 * A command that runs another one with a small file system of its own mounted on a directory; nobody else sees it, and it
 * goes with the process.
 *
 * @throws Error where the system lets this user mount nothing, not even in a namespace of its own (Linux only)
 */
export function withDiskTrouble(trouble: DiskTrouble, directory: string): string[] {
  const attempts = [
    ['unshare', '--mount'],
    ['unshare', '--map-root-user', '--mount'],
  ]
  for (const unshare of attempts) {
    const wrapper = [...unshare, 'sh', '-c', `${MOUNT[trouble]} && exec "$@"`, directory]
    const [command = '', ...rest] = wrapper
    if (spawnSync(command, [...rest, 'true'], { stdio: 'ignore' }).status === 0) return wrapper
  }
  throw new Error('a file system of its own needs root, or user namespaces, on Linux')
}
