import { expect, test } from 'vitest'
import type { PreviewMove, PreviewRequest, PreviewView } from '../../generated/wire'
import { HELD, moveOf, Rehearsal, type AskPreview } from './rehearsal.svelte'
import { settled, snapshot, step } from '../../desk/model/cast'
import type { NumberedEvent } from '../../generated/wire'
import type { Command } from '../../desk/model/line'

const TEXT = { id: 'offer', language: 'en', source: 'text' }
const WHOM = { made_up: null, chosen: null, channel: 'phone', queue: 'cards', purpose: '', card: '', turn: 0 }
const NEXT: PreviewMove = { action: 'next', name: '', values: {}, reason: null, note: '', choice: '', until: '' }

function viewOf(id: string, taken: number, more: Partial<PreviewView> = {}): PreviewView {
  const nothing = { path: [], refusal: null, outcome: '', reads: [], reads_name: false, hidden: [], unread: [] }
  return { problem: '', script: step(id), taken, ...nothing, customer_name: '', tier: '', reply: null, ...more }
}

/** A rehearsal, what it asked, and what its desk heard. */
function rehearse(answer: (request: PreviewRequest) => PreviewView | Promise<PreviewView>) {
  const asked: PreviewRequest[] = []
  const heard: NumberedEvent[] = []
  const ask: AskPreview = (request) => (asked.push(request), Promise.resolve(answer(request)))
  const rehearsal = new Rehearsal(ask, snapshot().policy)
  const nothing = () => undefined
  rehearsal.listen({
    onUp: nothing,
    onDown: nothing,
    onEvent: (event) => void heard.push(event),
    onQueues: nothing,
    onTyping: nothing,
    onSignedOut: nothing,
    onMoving: nothing,
  })
  return { rehearsal, asked, heard }
}

test('each thing that is done is sent with all that were done before', async () => {
  const { rehearsal, asked, heard } = rehearse(({ moves }) => viewOf(`s${moves.length}`, moves.length))
  await rehearsal.follow(TEXT, WHOM)
  expect(await rehearsal.go(NEXT)).toEqual({ code: '', field: '' })
  await Promise.all([rehearsal.go(NEXT), rehearsal.go(NEXT)])
  expect(asked.map(({ moves }) => moves.length)).toEqual([0, 1, 2, 3])
  expect(rehearsal.view?.script?.step_id).toBe('s3')
  expect(heard.map(({ number }) => number)).toEqual([2, 3, 4, 5])
  await rehearsal.restart()
  expect(rehearsal.view?.script?.step_id).toBe('s0')
})

test('what is refused is not done', async () => {
  const refusal = { code: 'required', field: 'city' }
  const { rehearsal } = rehearse(({ moves }) => viewOf('ask', 0, { refusal: moves.length ? refusal : null }))
  await rehearsal.follow(TEXT, WHOM)
  expect(await rehearsal.go(NEXT)).toEqual(refusal)
  expect(rehearsal.moves).toEqual([])
})

test('a changed text is walked as far as it goes, and the walk goes on from there', async () => {
  const { rehearsal, asked } = rehearse(({ source, moves }) => viewOf('ask', source === 'text' ? moves.length : 1))
  await rehearsal.follow(TEXT, WHOM)
  await rehearsal.go(NEXT)
  await rehearsal.go(NEXT)
  await rehearsal.follow({ ...TEXT, source: 'other' }, WHOM)
  expect([rehearsal.moves.length, rehearsal.wasCut]).toEqual([1, true])
  await rehearsal.go(NEXT)
  expect(asked.at(-1)?.source).toBe('other')
})

test('while the text is broken, the last good one is shown and walked', async () => {
  const broken = viewOf('ask', 0, { problem: 'broken', script: null })
  const { rehearsal, asked } = rehearse(({ source, moves }) =>
    source === 'text' ? viewOf('ask', moves.length) : broken,
  )
  await rehearsal.follow(TEXT, WHOM)
  await rehearsal.follow({ ...TEXT, source: 'broken' }, WHOM)
  expect([rehearsal.problem, rehearsal.view?.script?.step_id]).toEqual(['broken', 'ask'])
  expect((await rehearsal.go(NEXT)).code).toBe('')
  expect(asked.at(-1)?.source).toBe('text')
})

test('an answer that a newer text has made void is dropped', async () => {
  let late: (view: PreviewView) => void = () => undefined
  const { rehearsal } = rehearse(({ source }) =>
    source === 'text' ? new Promise<PreviewView>((resolve) => (late = resolve)) : viewOf('fresh', 0),
  )
  const first = rehearsal.follow(TEXT, WHOM)
  await Promise.resolve()
  const second = rehearsal.follow({ ...TEXT, source: 'other' }, WHOM)
  late(viewOf('stale', 0))
  await Promise.all([first, second])
  expect(rehearsal.view?.script?.step_id).toBe('fresh')
})

test('what is done while a changed text is on its way is done in that text', async () => {
  let late: (view: PreviewView) => void = () => undefined
  const { rehearsal, asked } = rehearse(({ source, moves }) =>
    source === 'other' && moves.length === 0
      ? new Promise<PreviewView>((resolve) => (late = resolve))
      : viewOf(`s${moves.length}`, moves.length),
  )
  await rehearsal.follow(TEXT, WHOM)
  const change = rehearsal.follow({ ...TEXT, source: 'other' }, WHOM)
  const step = rehearsal.go(NEXT)
  await settled()
  late(viewOf('s0', 0))
  await Promise.all([change, step])
  expect(asked.map(({ source, moves }) => [source, moves.length])).toEqual([
    ['text', 0],
    ['other', 0],
    ['other', 1],
  ])
  expect(rehearsal.view?.script?.step_id).toBe('s1')
})

test('the commands of the desk are moves', () => {
  const about = { id: '1', interaction_id: HELD, version: 1, script_id: 'offer', step_id: 'ask' }
  const advance = { ...about, kind: 'advance_script', choice: '', must_say: '', name: '', language: '', values: {} }
  const command = (more: object) => ({ ...advance, ...more }) as Command
  expect(moveOf(command({ action: 'choose', choice: '2', values: { city: 'Lund' } }))).toEqual({
    ...NEXT,
    action: 'choose',
    name: '2',
    values: { city: 'Lund' },
  })
  expect(moveOf(command({ action: 'acknowledge', must_say: 'terms.1' }))?.name).toBe('terms.1')
  expect(moveOf(command({ action: 'language', language: 'zh-CN' }))).toBeNull()
  const settle = { id: '1', interaction_id: HELD, version: 1, kind: 'settle_statement', script_id: 'offer' }
  const left = { statement: 'terms.1', is_said: false, reason: 'other', note: 'why' }
  expect(moveOf({ ...settle, ...left } as Command)).toEqual({
    ...NEXT,
    action: 'settle',
    name: 'terms.1',
    reason: 'other',
    note: 'why',
  })
})
