/**
 * Applies one numbered event to a snapshot.
 *
 * The rule of this file: *old snapshot + events = fresh snapshot*. Pure: the given snapshot stays unchanged. Parts
 * that an event does not name stay the same objects, so that a component sees by identity what changed.
 */
import type { DeskSnapshot, InteractionView, NumberedEvent } from '../../generated/wire'

export type DeskEvent = NumberedEvent['event']

export function applyEvent(desk: DeskSnapshot, { number, event }: NumberedEvent): DeskSnapshot {
  return { ...desk, ...change(desk, event), number }
}

function change(desk: DeskSnapshot, event: DeskEvent): Partial<DeskSnapshot> {
  switch (event.kind) {
    case 'agent_changed':
      return { agent: event.agent }
    case 'desk_acts':
      return { acting_desk: event.desk }
    case 'offer_made':
      return { offers: [...desk.offers.filter((offer) => offer.id !== event.offer.id), event.offer] }
    case 'offer_ended':
      return { offers: desk.offers.filter((offer) => offer.id !== event.offer_id) }
    case 'interaction_added':
      return {
        interactions: [...desk.interactions.filter(({ id }) => id !== event.interaction.id), event.interaction],
      }
    case 'interaction_changed':
      return changeOne(desk, event.interaction_id, (held) => ({
        ...held,
        version: event.version,
        state: event.state,
        state_since: event.state_since,
        wrap_up_deadline_at: event.wrap_up_deadline_at,
        is_customer_gone: event.is_customer_gone,
        call: event.call ?? held.call,
        listeners: event.listeners,
        customer: {
          ...(event.customer ?? held.customer),
          tier: event.customer_tier ?? (event.customer ?? held.customer).tier,
        },
        queue: event.queue ?? held.queue,
        tier: event.tier ?? held.tier,
      }))
    case 'interaction_removed':
      return { interactions: desk.interactions.filter(({ id }) => id !== event.interaction_id), today: event.today }
    case 'consult_shown':
      return { consults: inOrder(desk.consults, event.consult) }
    case 'consult_gone':
      return { consults: desk.consults.filter(({ party_id }) => party_id !== event.party_id) }
    case 'listening_shown':
      return { listening: inOrder(desk.listening, event.listening) }
    case 'listening_gone':
      return { listening: desk.listening.filter(({ party_id }) => party_id !== event.party_id) }
    case 'today_changed':
      return { today: event.today }
    case 'message_added':
      return changeOne(desk, event.interaction_id, (held) => ({
        ...held,
        messages: [...held.messages.filter(({ id }) => id !== event.message.id), event.message],
      }))
    case 'message_changed':
      return changeOne(desk, event.interaction_id, (held) => ({
        ...held,
        messages: held.messages.map((message) =>
          message.id === event.message_id
            ? { ...message, delivery: event.delivery, error: event.error, data: event.data ?? message.data }
            : message,
        ),
      }))
    case 'appointments_changed':
      return changeOne(desk, event.interaction_id, (held) => ({ ...held, appointments: event.appointments }))
    case 'script_changed':
      return changeOne(desk, event.interaction_id, (held) => ({ ...held, script: event.script }))
    case 'policy_changed':
      return { policy: event.policy }
    default:
      return event satisfies never
  }
}

/** The list with this one in it, in the order in which they were asked. */
function inOrder<One extends { party_id: string; asked_at: number }>(shown: One[], one: One): One[] {
  const others = shown.filter(({ party_id }) => party_id !== one.party_id)
  const isEarlier = ({ asked_at, party_id }: One) =>
    asked_at < one.asked_at || (asked_at === one.asked_at && party_id < one.party_id)
  return [...others.filter(isEarlier), one, ...others.filter((other) => !isEarlier(other))]
}

function changeOne(
  desk: DeskSnapshot,
  id: string,
  change: (held: InteractionView) => InteractionView,
): Pick<DeskSnapshot, 'interactions'> {
  return { interactions: desk.interactions.map((held) => (held.id === id ? change(held) : held)) }
}
