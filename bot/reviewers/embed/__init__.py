"""Sentence vectors on this machine, for the offline reviewer's ear for other words (optional: `pip install
"studybot[embed]"`, then `studybot embed install`)."""
