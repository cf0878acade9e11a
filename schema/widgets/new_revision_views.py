"""The parts of a panel for a new revision: the model's text, the revision's text, the heads."""

from __future__ import annotations

import ipywidgets as ipw

from schema.authoring import Draft, Mend, ModelFile, Reading
from schema.render import mend_html
from schema.widgets.parts import button, field, heard, row
from schema.widgets.rehearsal_views import View

__all__ = ["HeadsView", "ModelView", "RevisionView"]

#: So many tables are named with each file.
_MOST_TABLES = 2
#: What stands for no offer: a list without a value shows nothing.
_NOTHING = -1


def _editor(what: str) -> ipw.Textarea:
    """A text area for source: wide, and with room for a screen of lines."""
    made = heard(
        ipw.Textarea(
            value="",
            description="Text",
            placeholder=what,
            tooltip=what,
            continuous_update=False,
            layout=ipw.Layout(width="auto", height="420px"),
            style={"description_width": "70px"},
        )
    )
    made.add_class("swb-editor")
    return made


class ModelView(ipw.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The files that define the tables, one at a time. Edits stay when another one is chosen."""

    def __init__(self) -> None:
        self.file = field(
            ipw.Dropdown, "File", "The model's file, with the tables that it defines", options=[]
        )
        self.check = button("Check", "check", "See whether the text can be parsed; nothing is run")
        self.editor = _editor("The text of the model's file, in the copy")
        self._texts: dict[str, str] = {}
        self._shown: str | None = None
        self.file.observe(lambda _: self._choose(), names="value")
        super().__init__([row(self.file, self.check), self.editor])

    def __repr__(self) -> str:
        return "<ModelView>"

    def offer(self, draft: Draft) -> None:
        """The files of a new draft."""
        self._texts = {item.path: draft.text(item) for item in draft.models}
        self._shown = None
        self.file.options = [(_file_words(item), item.path) for item in draft.models]
        self.file.value = draft.models[0].path if draft.models else None
        self._choose()

    def apply(self, draft: Draft) -> None:
        """Give the draft all texts. Raises WorkbenchError for one that cannot be parsed."""
        self._keep()
        for path, text in self._texts.items():
            if text != draft.text(path):
                draft.edit(path, text)

    def set_busy(self, busy: bool) -> None:
        for control in (self.file, self.check, self.editor):
            control.disabled = busy

    def _keep(self) -> None:
        if self._shown is not None:
            self._texts[self._shown] = self.editor.value

    def _choose(self) -> None:
        self._keep()
        self._shown = self.file.value
        self.editor.value = self._texts.get(self._shown or "", "")


def _file_words(item: ModelFile) -> str:
    """The file, and a few of its tables: a list's width is that of its longest entry."""
    more = len(item.tables) - _MOST_TABLES
    names = [*item.tables[:_MOST_TABLES], *([f"{more} more"] if more > 0 else [])]
    return f"{item.path} ({', '.join(names)})"


class RevisionView(ipw.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The revision's text to edit, and the offers to mend it."""

    def __init__(self) -> None:
        self.offers = field(
            ipw.Dropdown, "Offers", "What can be mended, each as one change of the text", options=[]
        )
        self.take = button("Take", "wrench", "Change the text so, and read it again", "primary")
        self.about = ipw.HTML("", tooltip="What the offer does")
        self.editor = _editor("The text of the revision, in the copy")
        self.check = button("Check and read", "check", "Take the text as it is, and read it again")
        self._mends: tuple[Mend, ...] = ()
        self.offers.observe(lambda _: self._tell(), names="value")
        super().__init__([row(self.offers, self.take), self.about, self.editor, row(self.check)])
        self.offer(None)

    def __repr__(self) -> str:
        return "<RevisionView>"

    @property
    def text(self) -> str:
        """The text as it was edited."""
        return str(self.editor.value)

    @property
    def chosen(self) -> Mend | None:
        """The chosen offer."""
        number = self.offers.value
        return None if number in {None, _NOTHING} else self._mends[number]

    def offer(self, reading: Reading | None) -> None:
        """The text and the offers of a reading."""
        self._mends = () if reading is None else reading.mends
        self.editor.value = "" if reading is None else reading.text
        names = [(item.title, number) for number, item in enumerate(self._mends)]
        self.offers.options = names or [("nothing to mend", _NOTHING)]
        self.offers.value = 0 if names else _NOTHING
        self._tell()

    def set_busy(self, busy: bool) -> None:
        for control in (self.editor, self.check):
            control.disabled = busy
        self.offers.disabled = self.take.disabled = busy or not self._mends

    def _tell(self) -> None:
        mend = self.chosen
        self.about.value = "" if mend is None else mend_html(mend)


class HeadsView(View):
    """The heads of the project, their orders, and their merge."""

    def __init__(self) -> None:
        self.look = button("Look", "eye", "Who made which head, and what it touches")
        self.orders = button("Both orders", "exchange", "Run the heads in both orders on a copy")
        self.merge = button("Merge", "code-fork", "Have Alembic write the merge, in the copy")
        how = (
            "Where two people wrote a revision on the same parent there are two heads. Look who "
            "made them and what they touch, run both orders, and merge them."
        )
        super().__init__("The heads", how, self.look, self.orders, self.merge)

    def set_busy(self, busy: bool) -> None:
        for control in (self.look, self.orders, self.merge):
            control.disabled = busy
