/**
 * The line to the hub: the Socket.IO namespace `/webchat` at the widget's own origin.
 *
 * The rule of this file: nothing is kept for later here. Socket.IO would store what is asked while it is down; the chat
 * knows better what is still due.
 */
import { io } from 'socket.io-client'
import type { Line, Listener } from './wire'

const ANSWER_MS = 10_000

export function openLine(origin: string, listener: () => Listener): Line {
  const socket = io(`${origin}/webchat`, {
    transports: ['websocket'],
    autoConnect: false,
    reconnectionDelay: 500,
    reconnectionDelayMax: 8000,
    randomizationFactor: 0.5,
  })
  socket.on('connect', () => listener().up())
  socket.on('disconnect', () => listener().down())
  socket.onAny((event: string, data: unknown) => listener().heard(event, data))
  return {
    connect: () => void (socket.active || socket.connect()),
    close: () => void socket.disconnect(),
    ask: async (event, data) => {
      if (!socket.connected) throw new Error('the line is down')
      return (await socket.timeout(ANSWER_MS).emitWithAck(event, data)) as unknown
    },
  }
}
