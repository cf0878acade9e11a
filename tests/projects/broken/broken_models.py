raise ValueError("the models are not ready")
