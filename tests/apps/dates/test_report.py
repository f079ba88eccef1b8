from apps.dates import report
from apps.dates.synthetic.date_examples import Example


def test_the_index_of_the_year_is_given_only_where_it_is_sure():
    def index(text):
        return report._year_index(Example(text, "DMY", "20090625", "en"))

    assert index("June 25, 2009") == 9
    assert index("2009-06-25 2009") is None
    assert index("25.6.09") is None
    assert index("25  June 2009") is None
    assert index("25 \u0438\u044e\u043d\u044f 2009") is None
