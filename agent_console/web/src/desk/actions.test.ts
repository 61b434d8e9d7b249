import { expect, test } from 'vitest'
import { actionsOf, allKeys, chordOf } from './actions'
import { GUS, held, offer, openDesk, PIA, SAM, snapshot } from './model/cast'
import { Screen } from './screen.svelte'

const press = (code: string, more: Partial<Parameters<typeof chordOf>[0]> = {}) =>
  chordOf({ code, key: '', altKey: false, ctrlKey: false, metaKey: false, isComposing: false, ...more })

test('a chord goes by the position of its keys on the keyboard', () => {
  expect(press('KeyO', { altKey: true, key: 'ø' })).toBe('Alt O')
  expect(press('ArrowDown', { altKey: true })).toBe('Alt ↓')
  expect(press('KeyK', { ctrlKey: true })).toBe('Ctrl K')
  expect(press('KeyK', { metaKey: true })).toBe('Ctrl K')
  expect(press('Slash', { key: '?' })).toBe('?')
})

test('plain letters, AltGr and words being composed are typing, not chords', () => {
  expect(press('KeyO', { key: 'o' })).toBe('')
  expect(press('KeyO', { altKey: true, ctrlKey: true, key: 'ó' })).toBe('')
  expect(press('KeyO', { altKey: true, isComposing: true })).toBe('')
})

test('only actions that are possible at the moment are listed', async () => {
  const call = { state: 'talking' as const, since: 0, number: '', deadline_at: null, parties: [], recording: null }
  const { model } = await openDesk(
    snapshot({ interactions: [{ ...held('i1', PIA), channel: 'phone', call }], offers: [offer('o1', GUS)] }),
  )
  const ids = () => actionsOf(model, new Screen()).map(({ id }) => id)
  expect(ids()).toEqual(expect.arrayContaining(['offer', 'accept-o1', 'note', 'hold', 'transfer', 'end']))
  expect(ids()).not.toContain('reply')
  expect(ids()).not.toContain('next')

  const quiet = await openDesk(snapshot({ interactions: [{ ...held('i1', SAM), state: 'wrap_up' }] }))
  const wrapping = actionsOf(quiet.model, new Screen()).map(({ id }) => id)
  expect(wrapping).toContain('wrap_up')
  expect(wrapping).not.toContain('end')
})

test('the key for another script opens the list under the name of the script that is shown', async () => {
  const { model } = await openDesk(snapshot({ interactions: [held('i1', PIA)] }))
  const screen = new Screen()
  screen.go = () => undefined
  actionsOf(model, screen)
    .find(({ id }) => id === 'scripts')
    ?.run()
  expect(screen.dialog).toBe('scripts')
})

test('one key leads to the wrap-up, also while another interaction is on the screen', async () => {
  const { model } = await openDesk(
    snapshot({ interactions: [held('i1', PIA), { ...held('i2', SAM), state: 'wrap_up' }] }),
  )
  const screen = new Screen()
  screen.go = () => undefined
  actionsOf(model, screen)
    .find(({ id }) => id === 'wrap_up')
    ?.run()
  expect(model.selected?.id).toBe('i2')
})

test('no two keys are the same, and every action with a key is in the help', async () => {
  const keys = allKeys().map((entry) => entry.keys)
  expect(new Set(keys).size).toBe(keys.length)
  const { model } = await openDesk(snapshot({ interactions: [held('i1', PIA), held('i2', SAM)] }))
  const used = actionsOf(model, new Screen()).flatMap((action) => action.keys ?? [])
  expect(keys).toEqual(expect.arrayContaining(used))
})

test('ending asks first if a reply is written and not sent', async () => {
  const { model, line } = await openDesk(snapshot({ interactions: [held('i1', PIA)] }))
  const screen = new Screen()
  const end = () =>
    actionsOf(model, screen)
      .find(({ id }) => id === 'end')
      ?.run()
  model.drafts.of('i1').set('reply', 'Half a sen')
  end()
  expect(screen.dialog).toBe('end')
  expect(line.asked).toEqual([])
  model.drafts.of('i1').set('reply', '')
  end()
  await Promise.resolve()
  expect(line.asked.map(({ kind }) => kind)).toEqual(['end_interaction'])
})
