import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { memoryStorage } from '../../shared/storage'
import { HeldLine, settled } from './cast'
import { Commands } from './commands.svelte'

const DECLINE = { kind: 'decline_offer', offer_id: 'o1' } as const

function openCommands(storage = memoryStorage()) {
  const line = new HeldLine()
  const refused: string[] = []
  const commands = new Commands(
    (command) => line.command(command),
    storage,
    (_, answer) => void refused.push(answer.code),
  )
  return { line, commands, refused, storage }
}

describe('a command', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('is pending until it is answered', async () => {
    const { commands, line } = openCommands()
    commands.lineUp('ada')
    const { answer } = commands.give(DECLINE)
    expect(commands.isBusy('decline_offer')).toBe(true)
    expect(await answer).toEqual({ code: '', field: '' })
    expect(commands.pending).toEqual([])
    expect(line.asked).toHaveLength(1)
  })

  test('that one person left is not sent by the next person who signs in here', async () => {
    const { commands, line, storage } = openCommands()
    commands.lineUp('ada')
    line.isUp = false
    commands.give(DECLINE)
    await settled()
    const next = openCommands(storage)
    next.commands.lineUp('ben')
    await settled()
    expect(next.line.asked).toEqual([])
    expect(next.commands.pending).toEqual([])
  })

  test('given while the line is down is sent once it is up, under the same id', async () => {
    const { commands, line } = openCommands()
    commands.lineUp('ada')
    commands.lineDown()
    const { command } = commands.give(DECLINE)
    await settled()
    expect(line.asked).toEqual([])
    commands.lineUp('ada')
    await settled()
    expect(line.asked).toEqual([command])
  })

  test('without an answer is sent again under the same id, in the order given', async () => {
    const { commands, line } = openCommands()
    commands.lineUp('ada')
    line.isUp = false
    const first = commands.give(DECLINE).command
    const second = commands.give({ ...DECLINE, offer_id: 'o2' }).command
    await settled()
    commands.lineDown()
    line.isUp = true
    commands.lineUp('ada')
    await settled()
    expect(line.asked).toEqual([first, second])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(line.asked).toHaveLength(2)
  })

  test('survives a reload of the page', async () => {
    const { commands, storage } = openCommands()
    commands.lineUp('ada')
    commands.lineDown()
    const { command } = commands.give(DECLINE)
    const reloaded = openCommands(storage)
    reloaded.commands.lineUp('ada')
    await settled()
    expect(reloaded.line.asked).toEqual([command])
    expect(storage.getItem('hub.commands')).toBeNull()
  })

  test('that is refused tells why, and is not sent again', async () => {
    const { commands, line, refused } = openCommands()
    line.answer = () => ({ code: 'offer_gone', field: '' })
    commands.lineUp('ada')
    expect((await commands.give(DECLINE).answer).code).toBe('offer_gone')
    expect(refused).toEqual(['offer_gone'])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(line.asked).toHaveLength(1)
  })

  test('that the hub cannot take yet is repeated until it can', async () => {
    const { commands, line, refused } = openCommands()
    const answers = ['unavailable', 'too_fast', '']
    line.answer = () => ({ code: answers.shift() ?? '', field: '' })
    commands.lineUp('ada')
    const { answer } = commands.give(DECLINE)
    await vi.advanceTimersByTimeAsync(10_000)
    expect((await answer).code).toBe('')
    expect(new Set(line.asked.map(({ id }) => id)).size).toBe(1)
    expect(line.asked).toHaveLength(3)
    expect(refused).toEqual([])
  })
})
