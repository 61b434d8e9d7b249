/**
 * Writes src/generated/wire.ts from the models of agent_console/wire.py.
 *
 * The rule of this file: it adds and renames nothing; Python defines every type. The variable PYTHON names the
 * interpreter; without it, the repository's virtual environment is used.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile } from 'json-schema-to-typescript'

const web = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const repository = resolve(web, '..', '..')
const target = resolve(web, 'src', 'generated', 'wire.ts')

const python = process.env.PYTHON ?? resolve(repository, '.venv', 'bin', 'python')
const schema = JSON.parse(
  execFileSync(python, ['-m', 'agent_console.wire'], { cwd: repository, encoding: 'utf8', maxBuffer: 16 << 20 }),
)

/** Removes the titles that Pydantic gives to properties, so that only models become named types. */
function dropPropertyTitles(node) {
  for (const property of Object.values(node.properties ?? {})) delete property.title
}
dropPropertyTitles(schema)
Object.values(schema.$defs).forEach(dropPropertyTitles)

const text = await compile(schema, 'Everything', {
  bannerComment: '/* Written by `npm run types` from agent_console/wire.py. */',
  additionalProperties: false,
  format: false,
})
if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, text)
}
