/**
 * The hub's HTTP API for segments.
 *
 * The rule of this file: as in `shared/api.ts`. What people wrote and the hub cannot use is an answer, with the words
 * for its author.
 */
import type {
  CountProgress,
  DefinitionProblem,
  EstimateView,
  FlowView,
  ImportedView,
  MembersView,
  SegmentDetail,
  SegmentRequest,
  SegmentsView,
} from '../generated/wire'
import { ApiError } from '../shared/api'

export class DefinitionRefused extends Error {
  constructor(readonly problem: DefinitionProblem) {
    super(problem.words)
  }
}

async function send(path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  let response: Response
  try {
    response = await fetch(path, {
      credentials: 'same-origin',
      ...(signal ? { signal } : {}),
      ...(body === undefined
        ? {}
        : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiError(0, '')
  }
  if (response.ok) return response
  const said = (await response.json().catch(() => ({}))) as { code?: string; words?: string; column?: number }
  if (response.status === 422 && said.words)
    throw new DefinitionRefused({ words: said.words, column: said.column ?? 1 })
  throw new ApiError(response.status, said.code ?? 'server')
}

const read = async <Answer>(path: string, body?: unknown, signal?: AbortSignal) =>
  (await (await send(path, body, signal)).json()) as Answer

const pathOf = (id: string) => `/api/segments/${encodeURIComponent(id)}`

export const listSegments = () => read<SegmentsView>('/api/segments')
export const showSegment = (id: string) => read<SegmentDetail>(pathOf(id))
export const showFlow = (id: string, since: string, until: string) =>
  read<FlowView>(`${pathOf(id)}/flow?since=${since}&until=${until}`)
export const listMembers = (id: string, at: string, after = '') =>
  read<MembersView>(`${pathOf(id)}/members?at=${at}&after=${encodeURIComponent(after)}`)
export const estimate = (id: string, definition: string, signal: AbortSignal) =>
  read<EstimateView>('/api/segment-estimates', { id, definition }, signal)
export const createSegment = (request: SegmentRequest) => read<unknown>('/api/segments', request)
export const changeSegment = (request: SegmentRequest) => read<unknown>(pathOf(request.id), request)
export const actOn = (id: string, act: 'begin' | 'retire' | 'discard') => read<unknown>(`${pathOf(id)}/${act}`, {})
export const importSegments = (text: string) => read<ImportedView>('/api/segments.toml', { text })

/** Calls `tell` for each slice of an exact count. Aborting the signal ends the count at the hub too. */
export async function countExactly(
  id: string,
  definition: string,
  tell: (progress: CountProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await send('/api/segment-counts', { id, definition }, signal)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (!reader) return
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const lines = (rest + value).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) tell(JSON.parse(line) as CountProgress)
  }
}
