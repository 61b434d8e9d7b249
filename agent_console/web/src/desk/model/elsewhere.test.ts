import { expect, test } from 'vitest'
import { memoryStorage } from '../../shared/storage'
import { held, numbered, openDesk, PIA, settled, snapshot } from './cast'

const acts = (at: number, desk: string) => numbered(at, { kind: 'desk_acts', desk })[0]!

test('a desk asks to act when it opens, and never again by itself', async () => {
  const { line, listener } = await openDesk(snapshot({ acting_desk: 'another' }))
  expect(line.acts).toBe(1)
  listener.onDown()
  listener.onUp()
  await settled()
  expect(line.acts).toBe(1)
})

test('a desk shows that another one has taken over, until it takes back', async () => {
  const { model, line, listener, id } = await openDesk(snapshot({ acting_desk: 'another' }))
  listener.onEvent(acts(11, id))
  expect(model.isElsewhere).toBe(false)
  listener.onEvent(acts(12, 'another'))
  expect(model.isElsewhere).toBe(true)
  model.acts.actHere()
  await settled()
  expect(line.acts).toBe(2)
  listener.onEvent(acts(13, id))
  expect(model.isElsewhere).toBe(false)
})

test('commands kept in the tab are sent after the desk has asked to act', async () => {
  const storage = memoryStorage()
  const first = await openDesk(snapshot({ interactions: [held('i1', PIA)] }), storage)
  first.line.isUp = false
  first.model.acts.end(first.model.find('i1')!)
  await settled()
  const kept = JSON.parse(storage.getItem('hub.commands') ?? '') as { commands: { kind: string }[] }
  expect(kept.commands.map(({ kind }) => kind)).toEqual(['end_interaction'])
  const again = await openDesk(snapshot({ interactions: [held('i1', PIA)] }), storage)
  expect(again.line.acts).toBe(1)
  expect(again.line.asked.map(({ kind }) => kind)).toEqual(['end_interaction'])
})
