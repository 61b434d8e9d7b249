"""The sockets of the edges: each has its own on the one port, and the kernel spreads new connections over them.

The rule of this file: the supervisor opens them and keeps them, so that those who wait at an edge that dies wait for
the moment until it is back. If it is not to be back at once, its sockets are closed, and the others get what comes.
"""

from channels.mail.email import MailPortTaken
from hub.settings.config import Config
from hub.wiring.listening import Doors, open_door


class EdgeDoors:
    def __init__(self, settings: Config) -> None:
        """Raises OSError or MailPortTaken if another program has the port. The sockets of one port must all allow
        each other, so two hubs could share it unseen: this looks for another hub before it opens any."""
        server, email = settings.server, settings.channels.email
        self._web = server.host, _find_port(server.host, server.port)
        self._mail: tuple[str, int] | None = None
        if email is not None:
            try:
                self._mail = email.listen_host, _find_port(email.listen_host, email.listen_port)
            except OSError as error:
                raise MailPortTaken(f"{email.listen_host}:{email.listen_port}: {error.strerror}") from error
        self._open: dict[str, Doors] = {}

    @property
    def port(self) -> int:
        return self._web[1]

    def open(self, edge: str) -> None:
        if edge not in self._open:
            web = open_door(*self._web, is_one_of_several=True)
            mail = open_door(*self._mail, is_one_of_several=True) if self._mail else None
            self._open[edge] = Doors(self.port, web, mail)

    def close(self, edge: str) -> None:
        doors = self._open.pop(edge, None)
        for door in (doors.web, doors.mail) if doors else ():
            if door is not None:
                door.close()

    def close_all(self) -> None:
        for edge in tuple(self._open):
            self.close(edge)

    def keep(self, name: str) -> Doors:
        """In a process of its own: its doors alone. A socket that nobody looks at would swallow connections."""
        for edge in tuple(self._open):
            if edge != name:
                self.close(edge)
        return self._open.get(name, Doors(self.port))


def _find_port(host: str, port: int) -> int:
    """The port itself, or a free one for 0. Raises OSError if it is taken."""
    with open_door(host, port) as door:
        found: int = door.getsockname()[1]
        return found
