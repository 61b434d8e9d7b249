import { describe, expect, test } from 'vitest'
import type { ScriptFieldView } from '../../generated/wire'
import { held, openDesk, PIA, settled, snapshot, step } from './cast'

const DATE: ScriptFieldView = {
  kind: 'field',
  name: 'before',
  label: 'Deliver before',
  type: 'date',
  required: true,
  options: [],
  option_labels: [],
  value: '',
  kept_in: 'interaction',
  asks: false,
}

async function openStep(more: Parameters<typeof step>[1]) {
  const script = step('replace', more)
  const { model, line } = await openDesk(snapshot({ interactions: [{ ...held('i1', PIA), script }] }))
  const interaction = model.find('i1')!
  return { model, line, interaction, draft: model.steps.of('i1', script) }
}

const asked = (line: { asked: object[] }) => line.asked.map((command) => ({ ...command, id: '' }))

describe('a step of the script', () => {
  const choices = [
    { key: 'home', label: 'Courier', chosen: false },
    { key: 'branch', label: 'Branch', chosen: false },
  ]

  test('is left by the choice that was picked, with what was typed', async () => {
    const { model, line, interaction, draft } = await openStep({ choices, parts: [DATE] })
    draft.pick('branch')
    draft.pick('home')
    draft.type('before', '2026-11-28')
    draft.next(model.acts, interaction)
    await settled()
    expect(asked(line)).toMatchObject([
      {
        kind: 'advance_script',
        script_id: 'card-lost',
        step_id: 'replace',
        action: 'choose',
        choice: 'home',
        values: { before: '2026-11-28' },
      },
    ])
  })

  test('is not left before a choice is picked', async () => {
    const { model, line, interaction, draft } = await openStep({ choices })
    draft.next(model.acts, interaction)
    expect(line.asked).toEqual([])
    expect(draft.refusal?.code).toBe('choice_needed')
    draft.pick('home')
    expect(draft.refusal).toBeNull()
  })

  test('says which field the hub refused, and keeps what was typed', async () => {
    const { model, line, interaction, draft } = await openStep({ parts: [DATE] })
    line.answer = () => ({ code: 'bad_answer', field: 'before' })
    draft.type('before', 'soon')
    draft.next(model.acts, interaction)
    await settled()
    expect(draft.refusal).toEqual({ code: 'bad_answer', field: 'before' })
    expect(draft.value(DATE)).toBe('soon')
    draft.type('before', '2026-11-28')
    expect(draft.refusal).toBeNull()
  })

  test('sends an answer when its field is left, and only if it changed', async () => {
    const { model, line, interaction, draft } = await openStep({ parts: [{ ...DATE, value: '2026-11-28' }] })
    draft.keep(model.acts, interaction, 'before')
    draft.type('before', '2026-11-28')
    draft.keep(model.acts, interaction, 'before')
    expect(line.asked).toEqual([])
    draft.type('before', '2026-11-30')
    draft.keep(model.acts, interaction, 'before')
    await settled()
    expect(asked(line)).toMatchObject([{ action: 'answer', values: { before: '2026-11-30' } }])
  })

  test('goes on by the key that is pressed while an answer is on its way', async () => {
    const { model, line, interaction, draft } = await openStep({ parts: [DATE] })
    draft.type('before', '2026-11-30')
    draft.keep(model.acts, interaction, 'before')
    draft.next(model.acts, interaction)
    draft.next(model.acts, interaction) // a second key in the same moment is none
    await settled()
    await settled()
    expect(asked(line)).toMatchObject([{ action: 'answer' }, { action: 'next' }])
  })

  test('goes on by the key that is pressed while an acknowledgement is on its way', async () => {
    const { model, line, interaction, draft } = await openStep({})
    draft.acknowledge(model.acts, interaction, 'replace.1')
    expect(draft.isSaying('replace.1')).toBe(true)
    draft.acknowledge(model.acts, interaction, 'replace.1') // pressed twice
    draft.next(model.acts, interaction)
    draft.next(model.acts, interaction)
    draft.back(model.acts, interaction) // of a step that is being left
    for (let turn = 0; turn < 3; turn += 1) await settled()
    expect(asked(line)).toMatchObject([{ action: 'acknowledge', must_say: 'replace.1' }, { action: 'next' }])
    expect(draft.isSaying('replace.1')).toBe(true) // until the screen shows it
  })

  test('asks for what is unsaid again once the hub has refused it', async () => {
    const { model, line, interaction, draft } = await openStep({})
    line.answer = () => ({ code: 'server', field: '' })
    draft.acknowledge(model.acts, interaction, 'replace.1')
    for (let turn = 0; turn < 3; turn += 1) await settled()
    expect([draft.isSaying('replace.1'), draft.refusal?.code]).toEqual([false, 'server'])
  })

  test('keeps two replies in a moment, in their order', async () => {
    const { model, line, interaction, draft } = await openStep({})
    draft.reply(model.acts, interaction, 'plan', 'declined', '')
    draft.reply(model.acts, interaction, 'plan', 'accepted', '')
    for (let turn = 0; turn < 3; turn += 1) await settled()
    expect(asked(line)).toMatchObject([{ choice: 'declined' }, { choice: 'accepted' }])
  })

  test('is forgotten when the next one comes', async () => {
    const { model, draft } = await openStep({ choices })
    draft.pick('home')
    expect(model.steps.of('i1', step('replace', { choices })).picked).toBe('home')
    expect(model.steps.of('i1', step('close')).picked).toBe('')
    expect(model.steps.of('i1', step('replace', { choices })).picked).toBe('')
  })

  test('with the same name in another script is another step', async () => {
    const { model, draft } = await openStep({ choices })
    draft.pick('home')
    expect(model.steps.of('i1', step('replace', { choices, script_id: 'complaint' })).picked).toBe('')
  })
})

describe('another script', () => {
  test('is asked for by its id; picking the script that is shown asks for nothing', async () => {
    const { model, line, interaction } = await openStep({})
    model.acts.pickScript(interaction, 'card-lost')
    model.acts.pickScript(interaction, 'complaint')
    await settled()
    expect(asked(line)).toEqual([
      { id: '', kind: 'pick_script', interaction_id: 'i1', version: 1, script_id: 'complaint', continues: '' },
    ])
  })
})
