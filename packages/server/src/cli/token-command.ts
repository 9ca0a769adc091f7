import { Command, Option } from 'commander'
import { createToken } from '../auth/token.js'
import type { TokenScope } from '../storage/catalog/access.js'
import { withCatalog } from './catalog-session.js'
import { dataOption } from './data-option.js'
import { parseText, UsageError } from './option-parsers.js'

/** `span-artifacts token create|list|revoke`; works beside a running server, which heeds it at once. */
export function tokenCommand(): Command {
  const create = new Command('create')
    .description('make a token and print it; it is shown this once and only its digest is kept')
    .addOption(
      new Option('--project <name>', 'project that the token belongs to').makeOptionMandatory().argParser(parseText),
    )
    .addOption(
      new Option('--scope <scope>', 'write: store artifacts and spans; read: see them')
        .choices(['read', 'write'])
        .makeOptionMandatory(),
    )
    .addOption(dataOption())
    .action(createAction)
  const list = new Command('list')
    .description('show all tokens, without their secrets')
    .addOption(dataOption())
    .action(listAction)
  const revoke = new Command('revoke')
    .description('end a token and the log-ins made with it, at once')
    .argument('<id>', 'as `token list` shows it')
    .addOption(dataOption())
    .action(revokeAction)
  return new Command('token')
    .description('create, list and revoke access tokens')
    .addCommand(create)
    .addCommand(list)
    .addCommand(revoke)
}

async function createAction(flags: { project: string; scope: TokenScope; data: string }): Promise<void> {
  await withCatalog(flags.data, async (catalog) => {
    const now = Date.now()
    const project = await catalog.projects.ensure(flags.project, now)
    const { id, token, digest } = createToken(flags.scope)
    await catalog.tokens.add({
      id,
      projectId: project.id,
      scope: flags.scope,
      digest,
      createdAt: now,
      revokedAt: null,
    })
    process.stdout.write(`${token}\n`)
  })
}

async function listAction(flags: { data: string }): Promise<void> {
  await withCatalog(flags.data, async (catalog) => {
    const projects = new Map((await catalog.projects.list()).map((project) => [project.id, project.name]))
    for (const token of await catalog.tokens.list()) {
      const state = token.revokedAt === null ? 'valid' : `revoked ${new Date(token.revokedAt).toISOString()}`
      const created = new Date(token.createdAt).toISOString()
      const fields = [token.id, token.scope, created, state, projects.get(token.projectId) ?? '']
      process.stdout.write(`${fields.join('\t')}\n`)
    }
  })
}

async function revokeAction(id: string, flags: { data: string }): Promise<void> {
  await withCatalog(flags.data, async (catalog) => {
    const revoked = await catalog.tokens.revoke(id, Date.now())
    if (!revoked)
      throw new UsageError(`no valid token has the id ${JSON.stringify(id)}; see: span-artifacts token list`)
    process.stderr.write(`revoked ${id}\n`)
  })
}
