/**
 * The hub's HTTP API for imports of customers.
 *
 * The rule of this file: as in `shared/api.ts`. A file goes in parts, each of which may be sent again.
 */
import type { ImportsView, ImportView, UploadBegun } from '../generated/wire'
import { ApiError } from '../shared/api'

const TRIES = 3

async function send(path: string, body?: unknown, bytes?: Blob): Promise<unknown> {
  let response: Response
  try {
    response = await fetch(path, {
      credentials: 'same-origin',
      ...(body === undefined && bytes === undefined ? {} : { method: 'POST' }),
      ...(bytes ? { headers: { 'Content-Type': 'application/octet-stream' }, body: bytes } : {}),
      ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    })
  } catch {
    throw new ApiError(0, '')
  }
  const said = (await response.json().catch(() => ({}))) as { code?: string }
  if (response.ok) return said
  throw new ApiError(response.status, said.code ?? 'server')
}

const pathOf = (id: string) => `/api/imports/${encodeURIComponent(id)}`

export const listImports = async () => (await send('/api/imports')) as ImportsView
export const showImport = async (id: string) => (await send(pathOf(id))) as ImportView
export const actOn = (id: string, act: 'apply' | 'cancel' | 'take-back') => send(`${pathOf(id)}/${act}`, {})
export const readImport = (id: string, parts: number, targets: string[] | null, country: string) =>
  send(`${pathOf(id)}/read`, { parts, targets, country })

/** Send a file and have it read. `tell` hears the share that is there, from 0 to 1. Returns the id of the import. */
export async function upload(file: File, largestPart: number, tell: (share: number) => void): Promise<string> {
  const { id } = (await send('/api/imports', { name: file.name, size: file.size })) as UploadBegun
  const parts = Math.max(1, Math.ceil(file.size / largestPart))
  for (let number = 0; number < parts; number++) {
    const bytes = file.slice(number * largestPart, (number + 1) * largestPart)
    await sendPart(`${pathOf(id)}/parts/${number}`, bytes)
    tell((number + 1) / parts)
  }
  await readImport(id, parts, null, '')
  return id
}

async function sendPart(path: string, bytes: Blob): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await send(path, undefined, bytes)
      return
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 0 || tries === TRIES) throw error
    }
  }
}
