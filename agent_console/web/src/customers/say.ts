/** Relations, open work and proposals of a customer in words of the screen's language. */
import type { CustomerPage } from '../generated/wire'
import { wholeDay } from '../shared/format'
import { language, nameIn } from '../shared/i18n/language.svelte'
import { t } from './words'

type Work = CustomerPage['open_work'][number]
type Given = CustomerPage['proposals'][number]
type Relation = CustomerPage['relations'][number]

export const WAYS = ['household', 'referred_by.from', 'referred_by.to', 'works_for.from', 'works_for.to'] as const
export type Way = (typeof WAYS)[number]

/** How the other one is related, as this customer's side sees it. */
export function wayOf({ kind, is_from }: Relation): Way {
  return kind === 'household' ? kind : `${kind}.${is_from ? 'from' : 'to'}`
}

/** "Ben has it", or in which queue it waits. */
export function sayWork({ is_mine, agent_name, queue }: Work, queues: CustomerPage['queues']): string {
  if (is_mine) return t('open.mine')
  if (agent_name) return t('open.held', { name: agent_name })
  return t('open.waits', { queue: nameIn(queues.find(({ code }) => code === queue)?.names, queue) })
}

/** What they said to a proposal. */
export function sayReply({ reply, until }: Given): string {
  if (reply === '') return t('proposals.none_said')
  if (reply === 'later' && until !== '') return t('proposals.later.day', { day: wholeDay(until, language.current) })
  return t(`proposals.${reply}`)
}
