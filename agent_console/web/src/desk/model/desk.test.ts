import type { DeskSnapshot } from '../../generated/wire'
import { describe, expect, test } from 'vitest'
import { memoryStorage } from '../../shared/storage'
import { GUS, held, message, NOON, numbered, offer, openDesk, PIA, SAM, settled, snapshot } from './cast'

const today = { handled: 1, in_time: 1, handle_seconds: 0, available_seconds: 0 }
const removed = (id: string) =>
  ({ kind: 'interaction_removed', interaction_id: id, closed_as: 'handled', today }) as const

describe('the desk', () => {
  test('selects the first interaction in hand, and is up once it has its snapshot', async () => {
    const { model } = await openDesk(snapshot({ interactions: [held('i1', PIA), held('i2', SAM)] }))
    expect(model.connection).toBe('up')
    expect(model.selected?.id).toBe('i1')
  })

  test('announces an offer and how it ended', async () => {
    const { heard, listener } = await openDesk(snapshot())
    const [made, expired] = numbered(
      11,
      { kind: 'offer_made', offer: offer('o1', GUS) },
      { kind: 'offer_ended', offer_id: 'o1', end: 'expired' },
    )
    listener.onEvent(made!)
    listener.onEvent(expired!)
    expect(heard.words).toEqual(['offer Gus Moreau', 'offer expired'])
  })

  test('selects what was accepted here, and leaves the selection when something comes by itself', async () => {
    const { model, listener, line, heard } = await openDesk(
      snapshot({ interactions: [held('i1', PIA)], offers: [offer('o1', GUS)] }),
    )
    const [byItself, accepted] = numbered(
      11,
      { kind: 'interaction_added', interaction: held('i9', SAM) },
      { kind: 'interaction_added', interaction: held('i-o1', GUS) },
    )
    listener.onEvent(byItself!)
    expect(model.selected?.id).toBe('i1')
    model.acts.accept(offer('o1', GUS))
    model.acts.accept(offer('o1', GUS))
    await settled()
    expect(line.asked.map(({ kind }) => kind)).toEqual(['accept_offer'])
    listener.onEvent(accepted!)
    expect(model.selected?.id).toBe('i-o1')
    expect(heard.words).toEqual(['offer Gus Moreau', 'arrived Gus Moreau'])
  })

  test('selects the next when the one on the screen is gone', async () => {
    const { model, listener } = await openDesk(snapshot({ interactions: [held('i1', PIA), held('i2', SAM)] }))
    listener.onEvent(numbered(11, removed('i1'))[0]!)
    expect(model.selected?.id).toBe('i2')
  })

  test('says why an interaction left, unless Ada gave it away herself', async () => {
    const fact = (id: string, fact: string, author: string) => ({ ...message(id, 'fact', ''), fact, author })
    const lost = held('i1', PIA, [fact('m1', 'callback_unanswered', '')])
    const given = held('i2', SAM, [fact('m2', 'transferred', 'Ada')])
    const { heard, listener } = await openDesk(snapshot({ interactions: [lost, given, held('i3', GUS)] }))
    const away = (id: string) => ({ ...removed(id), closed_as: null })
    for (const event of numbered(11, away('i1'), away('i2'), removed('i3'))) listener.onEvent(event)
    expect(heard.words).toEqual(['gone Pia Lindqvist callback_unanswered'])
  })

  test('says who did not come into the call, since the customer is with the agent again', async () => {
    const why = { ...message('m1', 'fact', ''), fact: 'party_unreached' as const, data: { who: 'Ben Carter' } }
    const { heard, listener } = await openDesk(snapshot({ interactions: [held('i1', PIA)] }))
    listener.onEvent(numbered(11, { kind: 'message_added', interaction_id: 'i1', message: why })[0]!)
    expect(heard.words).toEqual(['unreached Ben Carter'])
  })

  test('reads what was said anew for the next question about the same customer', async () => {
    const consult = { party_id: 'p1', customer_id: 'sam' } as DeskSnapshot['consults'][number]
    const { model, listener } = await openDesk(snapshot({ consults: [consult] }))
    const read = model.histories.of('sam')
    expect(model.histories.of('sam')).toBe(read)
    listener.onEvent(numbered(11, { kind: 'consult_gone', party_id: 'p1' })[0]!)
    expect(model.histories.of('sam')).not.toBe(read)
  })

  test('steps through the work in hand, and from the last to the first', async () => {
    const { model } = await openDesk(snapshot({ interactions: [held('i1', PIA), held('i2', SAM)] }))
    model.step(1)
    expect(model.selected?.id).toBe('i2')
    model.step(1)
    expect(model.selected?.id).toBe('i1')
    model.step(-1)
    expect(model.selected?.id).toBe('i2')
  })

  test('steps to the customer who has waited longest for an answer, then to the next', async () => {
    const asks = (id: string, minutes: number) => message(id, 'customer', '还在吗？', NOON - minutes * 60_000)
    const answered = [asks('m3', 9), message('m4', 'agent', 'Here I am', NOON)]
    const { model } = await openDesk(
      snapshot({
        interactions: [held('i1', PIA), held('i2', SAM, [asks('m1', 2)]), held('i3', GUS, [asks('m2', 5)])].concat(
          held('i4', PIA, answered),
        ),
      }),
    )
    const visited = [1, 2, 3].map(() => (model.stepToWaiting(), model.selected?.id))
    expect(visited).toEqual(['i3', 'i2', 'i3'])
  })

  test("counts the customer's messages that Ada has not seen", async () => {
    const asked = message('m1', 'customer', 'Wo ist meine Karte?', NOON)
    const { model, listener } = await openDesk(snapshot({ interactions: [held('i1', PIA, [asked])] }))
    expect(model.attention.unread(model.find('i1')!)).toBe(1)
    model.attention.look(model.find('i1')!)
    expect(model.attention.unread(model.find('i1')!)).toBe(0)
    const more = message('m2', 'customer', 'Hallo?', NOON + 5)
    listener.onEvent(numbered(11, { kind: 'message_added', interaction_id: 'i1', message: more })[0]!)
    expect(model.attention.unread(model.find('i1')!)).toBe(1)
  })
})

describe('a reply', () => {
  const desk = () => snapshot({ interactions: [held('i1', PIA)] })

  test('carries the version that Ada saw, and shows before the hub confirms it', async () => {
    const { model, line, listener } = await openDesk(desk())
    const draft = model.drafts.of('i1')
    draft.set('reply', '  没有手续费。 ')
    line.answer = () => new Promise(() => undefined)
    model.acts.sendDraft(model.find('i1')!)
    await settled()
    expect(line.asked[0]).toMatchObject({ kind: 'send_message', version: 1, text: '没有手续费。', subject: '' })
    expect(draft.get('reply')).toBe('')
    expect(model.echoes.of('i1').map(({ text }) => text)).toEqual(['没有手续费。'])
    const told = message('m1', 'agent', '没有手续费。')
    listener.onEvent(numbered(11, { kind: 'message_added', interaction_id: 'i1', message: told })[0]!)
    expect(model.echoes.of('i1')).toEqual([])
  })

  test('that is refused comes back into the draft, unless Ada has written something else', async () => {
    const { model, line, heard } = await openDesk(desk())
    line.answer = () => ({ code: 'stale', field: '' })
    const draft = model.drafts.of('i1')
    draft.set('reply', 'Your card is on its way.')
    model.acts.sendDraft(model.find('i1')!)
    await settled()
    expect(draft.get('reply')).toBe('Your card is on its way.')
    expect(model.echoes.of('i1')).toEqual([])
    expect(heard.words).toEqual(['send_message stale'])
    model.acts.sendDraft(model.find('i1')!)
    draft.set('reply', 'Newer words')
    await settled()
    expect(draft.get('reply')).toBe('Newer words')
  })

  test('written while the line is down is sent once it is back, after the missed events', async () => {
    const { model, line, listener } = await openDesk(desk())
    listener.onDown()
    line.isUp = false
    expect(model.connection).toBe('lost')
    model.drafts.of('i1').set('reply', 'One moment')
    model.acts.sendDraft(model.find('i1')!)
    await settled()
    expect(line.asked).toEqual([])
    line.isUp = true
    line.resumed = () => ({ snapshot: null, events: [] })
    listener.onUp()
    await settled()
    expect(line.resumes).toEqual([null, 10])
    expect(line.asked.map(({ kind }) => kind)).toEqual(['send_message'])
    expect(model.connection).toBe('up')
  })

  test('shows the customer of a chat that it is being written, but not with every key', async () => {
    const { model, line } = await openDesk(desk())
    for (let key = 0; key < 5; key++) model.acts.wrote(model.find('i1')!)
    expect(line.typed).toEqual(['i1'])
  })
})

describe('a draft', () => {
  test('survives a reload, and ends with its interaction', async () => {
    const storage = memoryStorage()
    const first = snapshot({ interactions: [held('i1', PIA), held('i2', SAM)] })
    const { model } = await openDesk(first, storage)
    model.drafts.of('i1').set('reply', 'Half a sen')
    model.drafts.of('i2').set('wrapUpNote', 'Ruft wieder an')
    const reloaded = await openDesk(first, storage)
    expect(reloaded.model.drafts.of('i1').get('reply')).toBe('Half a sen')
    expect(reloaded.model.drafts.of('i2').get('wrapUpNote')).toBe('Ruft wieder an')
    reloaded.listener.onEvent(numbered(11, removed('i1'))[0]!)
    const later = await openDesk(snapshot({ interactions: [held('i1', PIA)] }), storage)
    expect(later.model.drafts.of('i1').get('reply')).toBe('')
  })
})
