/**
 * The requests about one customer's privacy.
 *
 * The rule of this file: as in `shared/api.ts`. An erasure answers line by line as it goes on.
 */
import type { EraseRequest, ErasureStep, ErasureView, ShownView, ShowRequest } from '../../generated/wire'
import { ApiError } from '../../shared/api'

const pathOf = (id: string, what: string) => `/api/customers/${encodeURIComponent(id)}/${what}`

async function send(path: string, body?: EraseRequest | ShowRequest): Promise<Response> {
  const written = body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  let response: Response
  try {
    response = await fetch(path, { method: body ? 'POST' : 'GET', credentials: 'same-origin', ...written })
  } catch {
    throw new ApiError(0, '')
  }
  if (response.ok) return response
  const said = (await response.json().catch(() => ({}))) as Record<string, unknown>
  throw new ApiError(response.status, String(said.code ?? 'server'), said)
}

export const showValue = async (id: string, request: ShowRequest) =>
  (await (await send(pathOf(id, 'show'), request)).json()) as ShownView

export const erasureOf = async (id: string) => (await (await send(pathOf(id, 'erasure'))).json()) as ErasureView

export const fileOf = async (id: string, reason: string) =>
  (await send(pathOf(id, 'file'), { reason, typed: '' })).blob()

/** `tell` hears each step, the last one too. */
export async function erase(id: string, request: EraseRequest, tell: (step: ErasureStep) => void): Promise<void> {
  const response = await send(pathOf(id, 'erasure'), request)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    const lines = (rest + part.value).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) tell(JSON.parse(line) as ErasureStep)
  }
}
