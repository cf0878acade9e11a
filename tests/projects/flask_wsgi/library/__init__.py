"""An application that wsgi.py makes."""

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()
migrate = Migrate()


def create_app():
    app = Flask(__name__)
    app.config.from_pyfile("settings.cfg")
    db.init_app(app)
    migrate.init_app(app, db)
    from library import models  # noqa: F401

    return app
