import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import * as edge from './edge.js'
import * as node from './index.js'
import { bundle } from './test-fixtures/bundle.js'

test('what an edge runtime loads is nothing of Node', async () => {
  await using built = await bundle('edge.ts', { conditions: ['edge-light', 'import'], platform: 'neutral' })
  expect(built.imports).toEqual(['@opentelemetry/api', 'next/server.js'])
  const text = await readFile(built.path, 'utf8')
  expect(text).not.toMatch(/node:|createRequire|__require\("/)
})

test('an edge runtime has everything that Node has', () => {
  expect(Object.keys(edge).toSorted()).toEqual(Object.keys(node).toSorted())
})
