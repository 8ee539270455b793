from deploy.simulators.qwen.server import main

main()
