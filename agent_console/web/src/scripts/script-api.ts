/**
 * The hub's HTTP API for scripts.
 *
 * The rule of this file: as in `shared/api.ts`. What cannot be published is an answer, with the words for its author;
 * so is a draft that somebody else has changed, with their text.
 */
import type {
  CheckView,
  ComparisonPlan,
  ComparisonSize,
  ComparisonsView,
  DraftConflict,
  DraftSaved,
  DraftsRequest,
  EndComparison,
  NotPublishedView,
  PracticeOptions,
  PracticeRequest,
  PreviewOptions,
  PreviewRequest,
  PreviewView,
  SaveDraftRequest,
  ScriptFiguresView,
  ScriptPage,
  ScriptsPage,
  StartComparison,
  StepNotesView,
  TextView,
} from '../generated/wire'
import { ApiError } from '../shared/api'

export class ChangedMeanwhile extends Error {
  constructor(readonly draft: DraftConflict) {
    super('changed')
  }
}

export class CannotBePublished extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'))
  }
}

async function ask<Answer>(path: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
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
  if (response.ok) return (await response.json()) as Answer // one that is aborted now has no answer
  const said = (await response.json().catch(() => ({}))) as { code?: string }
  if (response.status === 409 && said.code === 'changed') throw new ChangedMeanwhile(said as DraftConflict)
  if (response.status === 422) throw new CannotBePublished((said as NotPublishedView).problems)
  throw new ApiError(response.status, said.code ?? 'server')
}

const pathOf = (id: string) => `/api/scripts/${encodeURIComponent(id)}`

export type Act = 'review' | 'send-back' | 'discard' | 'publish'

export const listScripts = () => ask<ScriptsPage>('/api/scripts')
export const showScript = (id: string) => ask<ScriptPage>(pathOf(id))
export const saveDraft = (id: string, request: SaveDraftRequest) => ask<DraftSaved>(`${pathOf(id)}/draft`, request)
export const actOnDrafts = (id: string, act: Act, request: DraftsRequest) =>
  ask<unknown>(`${pathOf(id)}/${act}`, request)
export const unschedule = (id: string) => ask<unknown>(`${pathOf(id)}/unschedule`, {})
export const retire = (id: string, sentence: string) => ask<unknown>(`${pathOf(id)}/retire`, { sentence })
export const textOf = (id: string, language: string, kind: 'versions' | 'saves', number: number) =>
  ask<TextView>(`${pathOf(id)}/${language}/${kind}/${number}`)
export const checkText = (id: string, language: string, source: string, signal?: AbortSignal) =>
  ask<CheckView>('/api/script-checks', { id, language, source }, signal)
/** Of the runs between two days; "": the last four weeks. */
export const figuresOf = (id: string, since: string, until: string) =>
  ask<ScriptFiguresView>(`${pathOf(id)}/figures?since=${encodeURIComponent(since)}&until=${encodeURIComponent(until)}`)
export const notesOf = (id: string) => ask<StepNotesView>(`${pathOf(id)}/notes`)
export const settleNote = (id: string, note: number, answer: string) =>
  ask<unknown>(`${pathOf(id)}/notes/${note}/settle`, { answer })
export const previewOptions = () => ask<PreviewOptions>('/api/script-previews')
export const askPreview = (request: PreviewRequest, signal?: AbortSignal) =>
  ask<PreviewView>('/api/script-previews', request, signal)
export const practiceOptions = () => ask<PracticeOptions>('/api/practice')
export const practise = (request: PracticeRequest) => ask<PreviewView>('/api/practice', request)
export const comparisonsOf = (id: string) => ask<ComparisonsView>(`${pathOf(id)}/comparisons`)
export const sizeOf = (id: string, plan: ComparisonPlan) => ask<ComparisonSize>(`${pathOf(id)}/comparison-size`, plan)
export const startComparison = (id: string, request: StartComparison) => ask<unknown>(`${pathOf(id)}/comparison`, request)
export const endComparison = (id: string, request: EndComparison) => ask<unknown>(`${pathOf(id)}/comparison-end`, request)
