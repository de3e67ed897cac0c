"""The labelling queue asks what helps most, says why, and never asks the same twice."""

from classify.queue import questions
from classify.tags import correct, tag_new
from crawlers.store import save

DOUBTFUL = [
    ("停车收费", "我家门口的停车位突然开始收费，是谁批准的"),
    ("供暖补贴", "我家还没有领到供暖补贴，今年的标准改了吗"),
    ("办证", "听说下个月起办证要先交押金，窗口的人也说不清楚"),
]
CLEAR = (
    "停水",
    "我们小区停水三天，一千多户居民没法做饭洗澡，物业和自来水公司互相推，业主们天天下楼提水，希望尽快恢复供水",
)


def fill(db, model, post, now, letters):
    save(db, [post(n, title, text, now) for n, (title, text) in enumerate(letters)], now=now)
    tag_new(db, model, now=now)


def test_doubtful_posts_come_before_clear_ones(db, model, post, now):
    fill(db, model, post, now, [CLEAR, *DOUBTFUL])
    asked = questions(db, model)
    assert asked
    assert all(question.why for question in asked)
    assert asked[0].title != "停水"


def test_of_posts_that_say_the_same_one_is_asked(db, model, post, now):
    title, text = DOUBTFUL[1]
    fill(db, model, post, now, [(title, text + "。" * n) for n in range(5)])
    assert len(questions(db, model)) <= 1


def test_a_label_the_model_strongly_contradicts_is_asked_again(db, model, post, now):
    fill(db, model, post, now, [CLEAR])
    (id,) = db.execute("SELECT id FROM posts").fetchone()
    correct(db, id, "moral_line", now=now)
    (question,) = questions(db, model)
    assert (question.post_id, question.label, question.proposed) == (id, "moral_line", "public_interest")
    assert "可能标错" in question.why


def test_what_was_judged_as_the_model_says_is_not_asked_again(db, model, post, now):
    fill(db, model, post, now, [CLEAR, *DOUBTFUL])
    for question in questions(db, model):
        correct(db, question.post_id, question.proposed, now=now)
    assert questions(db, model) == []


def test_the_limit_and_the_empty_store(db, model, post, now):
    assert questions(db, model) == []
    fill(db, model, post, now, [(f"{title}{n}", f"{text}（{n * 7919}）") for n in range(9) for title, text in DOUBTFUL])
    assert len(questions(db, model, limit=2)) <= 2
