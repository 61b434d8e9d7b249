import { expect, test } from 'vitest'
import type { FiledMailsView } from '../generated/wire'
import { addNewest, addOlder } from './filed-pages'

const page = (hasMore: boolean, ...ids: number[]): FiledMailsView => ({
  mails: ids.map((id) => ({ id, at: id, kind: 'bounce', our_address: 'hello@nordpost.example', from_domain: '' })),
  has_more: hasMore,
})
const idsOf = ({ mails }: FiledMailsView) => mails.map(({ id }) => id)

test('older mails come after those that are shown, each once', () => {
  const shown = addOlder(page(true, 9, 8), page(false, 8, 7, 6))
  expect(idsOf(shown)).toEqual([9, 8, 7, 6])
  expect(shown.has_more).toBe(false)
})

test('a fresh newest page keeps the older mails that were asked for', () => {
  const shown = addNewest(addOlder(page(true, 9, 8), page(true, 7, 6)), page(true, 10, 9))
  expect(idsOf(shown)).toEqual([10, 9, 8, 7, 6])
  expect(shown.has_more).toBe(true)
})

test('if more mails have come than a page holds, the older ones are dropped, so that there is no gap', () => {
  const shown = addNewest(addOlder(page(true, 9, 8), page(false, 7)), page(true, 20, 19))
  expect(idsOf(shown)).toEqual([20, 19])
  expect(shown.has_more).toBe(true)
})

test('a first page, and a page that holds all mails, is shown alone', () => {
  expect(addNewest(page(false), page(true, 9, 8))).toEqual(page(true, 9, 8))
  expect(addNewest(page(false, 9, 8, 7), page(false, 9, 8))).toEqual(page(false, 9, 8))
})
